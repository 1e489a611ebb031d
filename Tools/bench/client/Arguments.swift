import RedisEvents

/// The words of the command line.
struct Arguments {
    struct Wrong: Error {}

    var way: String
    var mode: String
    var port: Int
    var channels: Int
    var messages: Int
    var options: [String] = []

    init(_ words: some Collection<String>) throws {
        let words = Array(words)
        guard words.count >= 5, let port = Int(words[2]), let channels = Int(words[3]), let messages = Int(words[4])
        else {
            throw Wrong()
        }
        (way, mode, self.port, self.channels, self.messages) = (words[0], words[1], port, channels, messages)
        options = Array(words.dropFirst(5))
    }

    /// The value behind an option.
    subscript(option: String) -> String? {
        guard let index = options.firstIndex(of: option), index + 1 < options.count else { return nil }
        return options[index + 1]
    }

    func number(_ option: String, or standard: Int) -> Int { self[option].flatMap { Int($0) } ?? standard }

    func configuration() throws -> RedisConfiguration {
        guard let authority = self["--ca"] else {
            var configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(port)")
            configuration.protocolVersion = self["--resp"] == "2" ? .resp2 : .resp3
            return configuration
        }
        var configuration = try RedisConfiguration(url: "rediss://localhost:\(port)")
        configuration.tls?.authorities = .file(authority)
        return configuration
    }

    /// The names of the feeder's channels.
    var names: [RedisBytes] { (0..<channels).map(Self.name) }

    static func name(_ number: Int) -> RedisBytes {
        let digits = String(number)
        return RedisBytes("channel:" + String(repeating: "0", count: 7 - digits.count) + digits)
    }
}
