// The toolkit is made for a `RedisClient` and wakes whoever waits by events: both products are part of its signatures,
// so one import makes them available.
@_exported public import RedisCommands
@_exported public import RedisEvents
