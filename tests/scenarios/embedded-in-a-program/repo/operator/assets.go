package operator

import "embed"

//go:embed assets/*.yaml "more files" all:tree
var files embed.FS
