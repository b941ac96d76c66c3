"""The command that tells which strategy one will regret least, and in which futures each fails."""
