"""The history of a configuration: what each commit changed in objects, keys, references and component versions."""
