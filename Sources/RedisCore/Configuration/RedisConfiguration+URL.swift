extension RedisConfiguration {
    /// Reads a URL.
    ///
    /// | URL | means |
    /// | --- | --- |
    /// | `redis://[[user]:password@]host[:port][/database][?option=value&…]` | one server, over TCP |
    /// | `redis+unix://[[user]:password@]/path[?db=…]`, `unix://…` | one server, over a unix socket |
    /// | `redis+cluster://[[user]:password@]host[:port][,host[:port]…][/0][?…]` | a cluster that one of these knows |
    /// | `redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/name[/database][?…]` | the primary of that
    /// name, which the Sentinels there watch; their port is 26379 unless said otherwise |
    ///
    /// `valkey` means the same as `redis`. `rediss` and `valkeys` are TCP under TLS, which verifies the server's
    /// certificate, that of Sentinels too. User, password, host, path and name are percent-decoded; an empty user is
    /// the default user, an empty password of whom is none; an IPv6 address is written in brackets. With Sentinels,
    /// user and password are those of the servers that they watch.
    ///
    /// Options: `db`; `protocol` (2 or 3); `client_name`; `connect_timeout` and `command_timeout` (`Timespan`);
    /// `cluster` (`true` makes a cluster of `redis://`); `replicas` (`true` prefers replicas, of a cluster or with
    /// Sentinels); `mirrored` (`true` subscribes on two nodes of a cluster,
    /// `RedisClusterConfiguration.mirrorsChannels`); `sentinel_username` and `sentinel_password`, for the Sentinels. Of
    /// an option that is written twice, the last counts.
    ///
    /// `endpoint` is the first host.
    ///
    /// - Parameter url: The URL.
    /// - Throws: `.invalidConfiguration`, naming all parts that are wrong. The text repeats nothing of the URL: where a
    ///   delimiter was forgotten, a password may stand anywhere.
    public init(url: String) throws(RedisError) { try self.init(url: url, password: nil) }

    /// Reads a URL. `password` is used for a user without a password in the URL.
    package init(url: String, password: String?) throws(RedisError) {
        var reading = ConfigurationReading(prefix: "", .url)
        reading.read(url, of: ConfigurationKey.url, writtenAs: "URL")
        if reading.draft.username != nil && reading.draft.password == nil { reading.draft.password = password }
        self = try reading.configuration()
    }

    /// The bytes of a URL that must not be shown: user and password, and the values of all options that may be secret.
    /// All bytes if the URL cannot be read, because then a password may be anywhere.
    package static func secrets(inURL url: [UInt8]) -> [Range<Int>] {
        guard let text = RedisBytes(url).text, let parts = try? URLParts(text),
            (try? RedisConfiguration(url: text, password: "")) != nil
        else { return [0..<url.count] }
        let options = parts.options.filter { ConfigurationKey.urlOption($0.name)?.isSecret != false }.map(\.place)
        return [parts.userinfoPlace(in: text)].compactMap(\.self) + options
    }
}
