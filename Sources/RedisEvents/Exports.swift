// Types for configuration, errors, bytes and times are part of this product's signatures, so one import makes them
// available.
@_exported public import RedisCore
