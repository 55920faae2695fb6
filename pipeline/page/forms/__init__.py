"""Forms in which programs save an article as plain text: wrapped lines, Markdown, link markers, labelled fields.

Here: reading such a text back into lines, one for each paragraph, with the fields that it names.
Not here: any decision about a line. A text in none of these forms comes back as it is.
"""
