// Types for configuration, errors, bytes and replies are part of this product's signatures, so one import makes them
// available.
@_exported public import RedisCore
