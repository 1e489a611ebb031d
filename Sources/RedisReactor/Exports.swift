@_exported public import struct RedisPOSIX.FileDescriptor
@_exported public import struct RedisPOSIX.InputFile
// What stands in the signatures of this module and of those above it. Not the whole module, which exports the C
// library.
@_exported public import class RedisPOSIX.Locked
@_exported public import struct RedisPOSIX.LookupError
@_exported public import class RedisPOSIX.Parker
@_exported public import class RedisPOSIX.PlainThread
@_exported public import struct RedisPOSIX.RedisSystemError
@_exported public import struct RedisPOSIX.SocketAddress
@_exported public import enum RedisPOSIX.ThisProcess
@_exported public import func RedisPOSIX.exchange
