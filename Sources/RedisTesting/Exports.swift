// What the package's own tests use of these. Not the whole module, which exports the C library.
@_exported public import class RedisPOSIX.Locked
@_exported public import class RedisPOSIX.PlainThread
@_exported public import struct RedisPOSIX.SocketAddress
