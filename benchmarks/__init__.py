"""The speeds that the project promises, measured on this machine."""
