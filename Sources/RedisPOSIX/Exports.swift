// The only import of the C library, so that a port to another system changes only this module.
@_exported public import CRedisPOSIX
@_exported public import Glibc
