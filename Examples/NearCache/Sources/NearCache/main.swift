import RedisToolkit

// A value that is expensive to make is made once for all processes, is kept in this one, and is gone here as soon as
// somebody changes it anywhere.

let url = CommandLine.arguments.dropFirst().first ?? "redis://localhost:6379"
let client = try RedisClient(url)
let cache = try RedisCache(client, namespace: "shop", policy: RedisCachePolicy(timeToLive: .seconds(600)))
let prices = try cache.region("price", key: String.self, value: Int.self)

func price(of article: String) async throws -> Int {
    try await prices.value(for: article) { article in
        print("computing the price of \(article)")
        return article.count * 100
    }
}

print(try await price(of: "tea"))
print(try await price(of: "tea"))

// Somebody else, in another process, sets a new price.
let other = try RedisClient(url)
let others = try RedisCache(other, namespace: "shop", policy: RedisCachePolicy(timeToLive: .seconds(600)))
    .region("price", key: String.self, value: Int.self)
try await others.set(350, for: "tea")

// The server's message is on its way for less than a millisecond.
while try await price(of: "tea") != 350 { await Task.yield() }
print("the new price is here:", try await price(of: "tea"))

try await prices.remove("tea")
await other.close()
await client.close()
