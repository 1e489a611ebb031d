import RedisCore

/// A URL that is understood, written again from what was understood, means the same; and whatever the URL is like, no text
/// about it holds what stands where a password stands.
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
        let mine = configuration.credentials as? RedisCredentials
        let other = again.credentials as? RedisCredentials
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
            text = "\(configuration)" + dumped
        } catch {
            text = "\(error)"
        }
        try Broken.unless(!text.contains(secret), "a password is repeated: \(text)")
    }
}
