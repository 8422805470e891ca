"""Lists of people's own making as rows: pasted text and files of spreadsheets, whatever their format."""
