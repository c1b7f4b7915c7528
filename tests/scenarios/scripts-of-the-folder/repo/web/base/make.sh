#!/bin/bash
OBJECT=${OBJECT:-secret/root-user}
NAME=${OBJECT##*/}
cat << EOF | oc apply -f-
apiVersion: v1
kind: Secret
metadata:
  name: ${NAME}
stringData:
  user: root
EOF
