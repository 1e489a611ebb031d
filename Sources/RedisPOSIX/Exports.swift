// The C library, for all that is shipped: the one import of it, so that a port begins and ends here.
@_exported public import CRedisPOSIX
@_exported public import Glibc
