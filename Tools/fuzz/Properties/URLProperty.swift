import RedisCore

/// A URL that is understood, written again from what was understood, means the same; and whatever the URL is like, no
/// text about it holds what stands where a password stands.
///
/// Input: a URL, and for the second property four parts of one, each up to a line feed: scheme, user, what is before
/// and behind the secret in the password, and all that follows the `@`.
enum URLProperty {
    /// In lower case, as the scheme is when it is repeated.
    private static let secret = "hunter2-secret"

    static func check(_ input: [UInt8]) throws(Broken) {
        try checkRoundTrip(String(decoding: input, as: UTF8.self))
        var parts = input.split(separator: 0x0a, maxSplits: 4, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        while parts.count < 5 { parts.insert("", at: 0) }
        let userinfo = "\(parts[1]):\(parts[2])\(secret)\(parts[3])"
        try checkSecret("\(parts[0])://\(userinfo)@\(parts[4])")
        // The same without a scheme, as people write it at first.
        try checkSecret("\(userinfo)@\(parts[4])")
        // The password for Sentinels. Behind an "&" or a "?" it might be that of something else, which may be shown.
        let isFirstOption = !(parts[0] + parts[4]).utf8.contains(UInt8(ascii: "?"))
        if isFirstOption && !parts[2].utf8.contains(UInt8(ascii: "&")) {
            try checkSecret("\(parts[0])://\(parts[4])?sentinel_password=\(parts[2])\(secret)\(parts[3])")
        }
    }

    private static func checkRoundTrip(_ url: String) throws(Broken) {
        guard let configuration = try? RedisConfiguration(url: url) else { return }
        guard let again = try? RedisConfiguration(url: URLWriter.write(configuration)) else {
            throw Broken(property: "a URL, written again, is not understood")
        }
        try Broken.unless(again.endpoint == configuration.endpoint, "a URL, written again, has another endpoint")
        try Broken.unless(again.database == configuration.database, "a URL, written again, has another database")
        try Broken.unless(again.clientName == configuration.clientName, "a URL, written again, has another client name")
        try Broken.unless(again.protocolVersion == configuration.protocolVersion, "another protocol version")
        try Broken.unless((again.tls == nil) == (configuration.tls == nil), "a URL, written again, has TLS or none")
        try Broken.unless(again.cluster?.seeds == configuration.cluster?.seeds, "other seeds")
        try Broken.unless(again.cluster?.nodes == configuration.cluster?.nodes, "other nodes are preferred")
        try checkCredentials(configuration.credentials, again.credentials)
        try checkSentinel(configuration.sentinel, again.sentinel)
    }

    private static func checkSentinel(_ mine: RedisSentinelConfiguration?, _ other: RedisSentinelConfiguration?)
        throws(Broken)
    {
        try Broken.unless(mine?.sentinels == other?.sentinels, "a URL, written again, has other Sentinels")
        try Broken.unless(mine?.name == other?.name, "a URL, written again, has another name")
        try Broken.unless(mine?.server == other?.server, "a URL, written again, prefers another server")
        try Broken.unless(
            (mine?.tls == nil) == (other?.tls == nil),
            "a URL, written again, has Sentinels with TLS or none"
        )
        try checkCredentials(mine?.credentials, other?.credentials)
    }

    private static func checkCredentials(
        _ mine: (any RedisCredentialsProvider)?,
        _ other: (any RedisCredentialsProvider)?
    ) throws(Broken) {
        let mine = mine as? RedisCredentials
        let other = other as? RedisCredentials
        try Broken.unless((mine == nil) == (other == nil), "a URL, written again, has credentials or none")
        try Broken.unless(mine?.username == other?.username, "a URL, written again, has another user")
        try Broken.unless(mine?.password == other?.password, "a URL, written again, has another password")
    }

    private static func checkSecret(_ url: String) throws(Broken) {
        let text: String
        do throws(RedisError) {
            let configuration = try RedisConfiguration(url: url)
            var dumped = ""
            dump(configuration, to: &dumped)
            text = "\(configuration)" + dumped + "\(configuration.sentinel as Any)"
        } catch {
            text = "\(error)"
        }
        try Broken.unless(!text.contains(secret), "a password is repeated: \(text)")
    }
}
