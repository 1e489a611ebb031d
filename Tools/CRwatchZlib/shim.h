// zlib, with which rwatch compresses what it keeps.
#pragma once

#include <zlib.h>
