"""Rules of the AWS preflight: facts about an account become findings. Nothing here calls AWS."""
