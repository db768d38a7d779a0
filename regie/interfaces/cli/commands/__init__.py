"""One module per theme; `regie.interfaces.cli.COMMANDS` says which command is where."""
