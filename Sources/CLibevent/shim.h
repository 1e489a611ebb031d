// What the reactor needs of C: libevent's core, and eventfd, which the Glibc module leaves out.
#pragma once
#include <event2/event.h>
#include <sys/eventfd.h>
