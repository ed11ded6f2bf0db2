"""A file as bytes → a table of text cells: encoding, delimiter, workbook and sheet, headings, and the lines
that are none of the list.
"""
