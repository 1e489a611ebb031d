// Durable channels are published by commands and read as events: both products are part of their signatures, so one
// import makes them available.
@_exported public import RedisCommands
@_exported public import RedisEvents
