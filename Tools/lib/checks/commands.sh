# shellcheck shell=bash
# The generated typed commands are what Tools/commands/generate writes. Behind `expect_none`.
expect_none "generated commands" python3 -B Tools/commands/generate --check
