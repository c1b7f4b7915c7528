#!/bin/sh
cat > all.yaml && kustomize build .
