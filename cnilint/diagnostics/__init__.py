"""What is reported: diagnostics, their codes, and the policy that turns them into findings."""
