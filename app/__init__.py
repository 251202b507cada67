"""Where people come in: the web page and the command line. It wires and draws."""
