// Configuration, errors, bytes and times stand in this product's signatures; one import brings them along.
@_exported public import RedisCore
