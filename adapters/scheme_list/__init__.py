"""A scheme's own list, as a spreadsheet saves it, told to the hub."""
