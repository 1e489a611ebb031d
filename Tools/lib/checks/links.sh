# shellcheck shell=bash
# The links of all Markdown files, to files and to headings of the repository.
expect_none "links that lead nowhere" python3 -B Tools/documentation/links.py
