#!/bin/sh
kubectl apply -n shop-$1 -f k8s/$1
