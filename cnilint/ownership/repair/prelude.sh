# shellcheck disable=SC2016
# Templates and names are in single quotes, so that nothing in them is expanded.
set -u
LC_ALL=C
export LC_ALL

usage() {
    cat <<'TEXT'
usage: sh FILE before-upgrade|after-upgrade [--dry-run] [--upgraded]

before-upgrade  transfer the leftovers to the applier, so that its next apply removes them; no pod restarts
after-upgrade   remove the leftovers from objects that the upgrade has left them in
--dry-run       only let the API server check every change
--upgraded      remove leftovers even where the object does not look upgraded

Every change is checked by the API server before the first one is made. The script stops at the first refusal.
A second run skips what is done.

exit code: 0 done, 1 stopped, 2 bad usage, 3 done but for the objects that it lists
TEXT
}

say() {
    printf '%s\n' "$*"
}

# stop WHAT TO-DO: one sentence each, about $object.
stop() {
    {
        printf 'stopped at %s\n' "$object"
        printf '  what happened: %s\n' "$1"
        printf '  what to do: %s\n' "$2"
        if [ "$changed" -gt 0 ]; then
            printf '  changed before: %s; a second run skips them\n' "$changed"
        else
            printf '  nothing was changed\n'
        fi
    } >&2
    exit 1
}

# read_object NAMESPACE RESOURCE TEMPLATE: one consistent reading, in $snapshot and $version.
read_object() {
    if ! snapshot=$(kubectl ${1:+"--namespace=$1"} get "$2" -o "go-template=$3" 2>&1); then
        case $snapshot in
        *'(NotFound)'*)
            stop 'the cluster does not have this object' \
                'check the context of kubectl; if the object was deleted, dump the objects and make this script again' ;;
        *'(Forbidden)'*)
            stop "reading it is forbidden: $snapshot" "run this as a user with the verb 'get' on it" ;;
        *)
            stop "kubectl cannot read it: $snapshot" "make 'kubectl get' work for it, then run this again" ;;
        esac
    fi
    version=
    while IFS= read -r line; do
        case $line in
        'version '*) version=${line#version } ;;
        esac
    done <<LINES
$snapshot
LINES
    case $version in
    '' | *[!0-9A-Za-z._-]*)
        stop 'kubectl shows no resourceVersion of it' 'read the objects with a newer kubectl' ;;
    esac
}

# send NAMESPACE RESOURCE OPERATIONS: a JSON patch of the version that was read; a dry run while changes are checked.
send() {
    operations="[{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"$version\"},$3]"
    if [ "$pass" = check ]; then
        set -- "$1" "$2" --dry-run=server
    else
        set -- "$1" "$2"
    fi
    answer=$(kubectl ${1:+"--namespace=$1"} patch "$2" --type=json -o name ${3:+"$3"} -p "$operations" 2>&1)
}

# repeated STEP ARGUMENT...: a step that fails because the object has changed since it was read is tried again.
repeated() {
    attempt=1
    while ! "$@"; do
        case $answer in
        *'due to an error in our request'* | *'(Conflict)'* | *'object has been modified'*) ;;
        *) explain ;;
        esac
        sent=$version
        read_object "$2" "$3" '{{"version "}}{{.metadata.resourceVersion}}{{"\n"}}'
        if [ "$version" = "$sent" ]; then
            explain
        elif [ "$attempt" -ge 5 ]; then
            stop 'it was changed by others at each of 5 attempts' 'run this again when it changes less often'
        fi
        attempt=$((attempt + 1))
    done
}

# Stops with what the API server's refusal means.
explain() {
    case $answer in
    *'due to an error in our request'*)
        stop 'the API server refused the patch: what it removes or tests is not in the object' \
            'the object is not as in the dump: dump the objects and make this script again' ;;
    *'(Forbidden)'*)
        stop "changing it is forbidden: $answer" "run this as a user with the verb 'patch' on it" ;;
    *'(Invalid)'* | *' is invalid'*)
        stop "the API server refused the result: $answer" \
            'what is to be removed is needed by something else in the object: fix that, then run this again' ;;
    *'admission webhook'*)
        stop "an admission webhook refused the patch: $answer" 'ask whoever runs the webhook' ;;
    *)
        stop "kubectl cannot patch it: $answer" 'make this work, then run this again' ;;
    esac
}

finished() {
    if [ "$pass" = check ]; then
        say "checked: $object"
    else
        changed=$((changed + 1))
        say "changed: $object"
    fi
}

skipped() {
    done_before=$((done_before + 1))
    say "done before: $object"
}

# by_hand OBJECT REASON
by_hand() {
    if [ "$pass" = check ]; then
        left=$((left + 1))
        say "not repaired by this script: $1: $2"
    fi
}

# transfer NAMESPACE RESOURCE OBJECT OWNER, then for each leftover
#     --field NAME OWNERS ELEMENTS       who owned it in the dump; its path in fieldsV1, as words of a template
# and for the changes of managedFields
#     --empty                            it must have no entry
#     --absent ENTRY                     it must have no such entry
#     --entry ENTRY TESTS                it must have this entry, which the next changes are made to
#     --change OPERATION PATH [VALUE]    a change of the entry, as JSON
#     --add PATH VALUE                   an addition to managedFields, as JSON
transfer() {
    object=$3
    repeated transfer_once "$@"
}

transfer_once() {
    namespace=$1 resource=$2 owner=$4
    shift 4
    read_object "$namespace" "$resource" "$(record_template "$@")"
    compare_owners "$@"
    case $todo/$transferred in
    0/*) skipped && return ;;
    */0) ;;
    *) stop 'a part of its leftovers is transferred, the rest is not' "$dump_again" ;;
    esac
    changes=
    add_changes "$@"
    send "$namespace" "$resource" "$changes" || return 1
    finished
}

# The template that lists the version, the entries, and who owns each leftover.
record_template() {
    printf '%s' '{{"version "}}{{.metadata.resourceVersion}}{{"\n"}}{{range $i, $e := .metadata.managedFields}}'
    printf '%s' '{{printf "entry %d %+q %+q " $i $e.manager $e.operation}}'
    printf '%s' '{{with $e.subresource}}{{printf "%+q" .}}{{else}}""{{end}}{{printf " %+q " $e.apiVersion}}'
    printf '%s' '{{with $e.time}}{{printf "%+q" .}}{{else}}""{{end}}{{"\n"}}{{end}}'
    number=0
    while [ $# -gt 0 ]; do
        if [ "$1" = --field ]; then
            number=$((number + 1))
            printf '%s' "{{\"field $number\"}}{{range .metadata.managedFields}}{{if not .subresource}}"
            printf '%s' "{{if exists .fieldsV1 $4}}{{printf \" %+q %+q\" .manager .operation}}{{end}}"
            printf '%s' '{{end}}{{end}}{{"\n"}}'
        fi
        shift
    done
}

# Counts the leftovers that are still to be transferred, and those that are; stops at one that is in other hands.
compare_owners() {
    number=0 todo=0 transferred=0
    while [ $# -gt 0 ]; do
        if [ "$1" = --field ]; then
            number=$((number + 1))
            owners=$(line_of "field $number")
            if [ "$owners" = " $owner" ]; then
                transferred=$((transferred + 1))
            elif [ "$owners" = "${3:+ $3}" ]; then
                todo=$((todo + 1))
            else
                stop "$2 is now owned by${owners:- nobody}; in the dump, by ${3:-nobody}" "$dump_again"
            fi
        fi
        shift
    done
}

# line_of START: the rest of the line of the snapshot that starts so.
line_of() {
    while IFS= read -r line; do
        case "$line " in
        "$1 "*)
            printf '%s' "${line#"$1"}"
            return ;;
        esac
    done <<LINES
$snapshot
LINES
}

# Adds the operations of the patch to $changes; stops where an entry is not as in the dump.
add_changes() {
    index=-1
    while [ $# -gt 0 ]; do
        case $1 in
        --empty)
            [ -z "$(entry_at '"')" ] || stop 'its managedFields are no longer empty' "$dump_again"
            shift ;;
        --absent)
            [ -z "$(entry_at "$2")" ] || stop "managedFields has an entry $2 now" "$dump_again"
            shift 2 ;;
        --entry)
            previous=$index
            index=$(entry_at "$2")
            [ -n "$index" ] || stop "managedFields has no entry $2 any more" "$dump_again"
            [ "$previous" = -1 ] || [ "$index" -lt "$previous" ] || stop 'its managedFields are in another order' "$dump_again"
            tests=$3
            add_operation "{\"op\":\"test\",\"path\":\"/metadata/managedFields/$index/manager\",\"value\":${tests% *}}"
            add_operation "{\"op\":\"test\",\"path\":\"/metadata/managedFields/$index/operation\",\"value\":${tests##* }}"
            shift 3 ;;
        --change)
            add_operation "{\"op\":\"$2\",\"path\":\"/metadata/managedFields/$index$3\"${4:+,\"value\":$4}}"
            shift 4 ;;
        --add)
            add_operation "{\"op\":\"add\",\"path\":\"/metadata/managedFields$2\",\"value\":$3}"
            shift 3 ;;
        --field) shift 4 ;;
        esac
    done
}

add_operation() {
    changes=${changes:+$changes,}$1
}

# entry_at START: the index of the first entry whose description starts so; nothing where there is none.
entry_at() {
    while IFS= read -r line; do
        case $line in
        'entry '[0-9]*" $1"*)
            line=${line#entry }
            case ${line#* } in
            "$1"*)
                printf '%s' "${line%% *}"
                return ;;
            esac ;;
        esac
    done <<LINES
$snapshot
LINES
}

# remove NAMESPACE RESOURCE OBJECT TEMPLATE SIGN: the template lists the leftovers that the object still has, and
# "upgraded" where it has SIGN, which the new manifest brings; SIGN is empty where nothing tells old from new.
remove() {
    object=$3
    repeated remove_once "$@"
}

remove_once() {
    read_object "$1" "$2" "$4"
    changes='' upgraded=${5:+no}
    while IFS= read -r line; do
        case $line in
        'field '*)
            # The last one first, so that indexes stay right.
            changes="{\"op\":\"remove\",\"path\":\"${line#field }\"}${changes:+,$changes}" ;;
        upgraded) upgraded=yes ;;
        esac
    done <<LINES
$snapshot
LINES
    if [ -z "$changes" ]; then
        skipped
        return
    fi
    if [ "$upgraded" = no ] && [ -z "$assume_upgraded" ]; then
        stop "it is not upgraded yet: it does not have $5" \
            'upgrade first, since the old release needs what is to be removed; or give --upgraded if it is upgraded'
    fi
    send "$1" "$2" "$changes" || return 1
    finished
}

object='the start' changed=0 done_before=0 left=0 pass=check assume_upgraded='' only_check=''
dump_again='dump the objects with --show-managed-fields and make this script again'

main() {
    variant=${1-}
    case $variant in
    before-upgrade | after-upgrade) shift ;;
    -h | --help)
        usage
        exit 0 ;;
    *)
        usage >&2
        exit 2 ;;
    esac
    for argument in "$@"; do
        case $argument in
        --dry-run) only_check=yes ;;
        --upgraded) assume_upgraded=yes ;;
        *)
            usage >&2
            exit 2 ;;
        esac
    done
    command -v kubectl >/dev/null 2>&1 || stop 'kubectl is not installed' 'install kubectl'
    say "cluster: $(kubectl config current-context 2>/dev/null || say 'of this pod')"
    all_objects
    if [ -z "$only_check" ]; then
        pass=change done_before=0
        all_objects
    fi
    say "$changed changed, $done_before done before, $left not repaired by this script"
    [ "$left" -eq 0 ] || exit 3
}

all_objects() {
    case $variant in
    before-upgrade) before_upgrade ;;
    after-upgrade) after_upgrade ;;
    esac
}
