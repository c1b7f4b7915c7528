#!/bin/sh
kubectl create secret generic database \
  --namespace bank-$1 --from-literal=password=$PASSWORD --dry-run=client -o yaml |
  kubeseal -o yaml > secrets/$1/database.yaml
kubectl -n bank-$1 create secret generic queue --from-literal=url=$URL
