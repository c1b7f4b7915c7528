#!/bin/sh
kubectl apply -f k8s/base -f "k8s/$ENVIRONMENT"
