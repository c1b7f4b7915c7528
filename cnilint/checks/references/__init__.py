"""Checks of references: does the ConfigMap, Secret, key or ServiceAccount that a workload names exist?"""
