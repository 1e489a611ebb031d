// Configuration, errors, bytes and replies stand in this product's signatures; one import brings them along.
@_exported public import RedisCore
