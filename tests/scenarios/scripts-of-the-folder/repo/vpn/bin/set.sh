cmd_create="kubectl -n ${NAMESPACE} create"
eval "${cmd_create}" configmap server --from-file=server/
