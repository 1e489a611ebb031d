@_exported public import struct RedisPOSIX.FileDescriptor
@_exported public import struct RedisPOSIX.InputFile
// The types that are part of the signatures of this module and of those above it. The whole module is not exported,
// because it exports the C library.
@_exported public import class RedisPOSIX.Locked
@_exported public import struct RedisPOSIX.LookupError
@_exported public import class RedisPOSIX.Parker
@_exported public import class RedisPOSIX.PlainThread
@_exported public import struct RedisPOSIX.RedisSystemError
@_exported public import struct RedisPOSIX.SocketAddress
@_exported public import enum RedisPOSIX.SteadyClock
@_exported public import enum RedisPOSIX.ThisProcess
@_exported public import func RedisPOSIX.exchange
@_exported public import func RedisPOSIX.naturalLogarithm
