import RedisEvents

print(try PubSub("redis://localhost:6379").configuration.endpoint)
