# shellcheck shell=bash
# shellcheck disable=SC2034 # read by the scripts that source this
# The options of a release build that is made to be tested: without debug information, which takes a part of its time. Stacks name
# functions all the same, without lines. SwiftPM's index stays, though nobody reads it: without it no tests are linked. Scripts that
# go on with this build take the same options, or each would compile all of it again. What people install is built without them.
release=(-c release -debug-info-format none)
