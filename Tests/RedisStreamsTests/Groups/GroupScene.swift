import RedisStreams

/// What tests of groups have in common: short times, and numbered entries.
protocol GroupScene {}

extension GroupScene {
    func options(_ change: (inout StreamGroupOptions) -> Void = { _ in }) -> StreamGroupOptions {
        var options = StreamGroupOptions()
        options.visibility = .seconds(1)
        options.retryDelay = .milliseconds(50)
        change(&options)
        return options
    }

    func append(_ client: RedisClient, _ key: RedisBytes, _ range: Range<Int>) async throws {
        for number in range { try await client.xadd(key, ["n": "\(number)"]) }
    }

    func number(_ delivery: StreamGroup.Delivery) -> Int {
        delivery["n"].flatMap { $0.text }.flatMap { Int($0) } ?? -1
    }
}
