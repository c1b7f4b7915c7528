"""The tools that apply: their methods, migrations and field managers."""
