#!/bin/sh
# Renders the folder of an Application and prints the manifests, if they are clean.
set -eu
rendered="$(mktemp)"
trap 'rm -f "$rendered"' EXIT
if [ -e kustomization.yaml ] || [ -e kustomization.yml ] || [ -e Kustomization ]; then
  kustomize build . > "$rendered"
elif [ -e Chart.yaml ]; then
  helm template "$ARGOCD_APP_NAME" . --namespace "$ARGOCD_APP_NAMESPACE" --include-crds > "$rendered"
else
  for file in *.yaml *.yml *.json; do
    [ -f "$file" ] || continue
    printf -- '---\n' >> "$rendered"
    cat "$file" >> "$rendered"
    printf '\n' >> "$rendered"
  done
fi
cnilint gate --namespace "$ARGOCD_APP_NAMESPACE" --fail-on "${ARGOCD_ENV_FAIL_ON:-error}" < "$rendered"
