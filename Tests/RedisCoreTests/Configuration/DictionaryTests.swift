import RedisCore
import TestSupport
import Testing

/// The complaint about a dictionary; `nil` if there is none.
func complaint(about values: [String: String], prefix: String = "redis.") -> String? {
    do throws(RedisError) {
        _ = try RedisConfiguration(prefix: prefix, in: values)
        return nil
    } catch {
        return error.code == .invalidConfiguration ? error.message : "\(error.code)"
    }
}

@Suite("Dictionaries", .tags(.unit))
struct DictionaryTests {
    @Test("name a server by URL, by host and port, or by socket")
    func servers() throws {
        for (values, endpoint) in [
            (["redis.url": "redis://h:7000/3"], RedisEndpoint.tcp(host: "h", port: 7000)),
            (["redis.host": "h"], .tcp(host: "h", port: 6379)),
            (["redis.host": "::1", "redis.port": "1"], .tcp(host: "::1", port: 1)),
            (["redis.port": "6380"], .tcp(host: "localhost", port: 6380)),
            (["redis.unixSocket": "/run/r.sock"], .unix(path: "/run/r.sock")),
            (["redis.unix_socket": "/run/r.sock"], .unix(path: "/run/r.sock")),
        ] {
            #expect(try RedisConfiguration(prefix: "redis.", in: values).endpoint == endpoint)
        }
        #expect(try RedisConfiguration(prefix: "redis.", in: ["redis.url": "redis://h:7000/3"]).database == 3)
    }

    @Test("of baseplate are read as they are")
    func baseplate() throws {
        let configuration = try RedisConfiguration(
            prefix: "rediscluster.",
            in: [
                "rediscluster.url": "redis://h:1234/5", "rediscluster.socket_timeout": "30 seconds",
                "rediscluster.socket_connect_timeout": "300 milliseconds", "rediscluster.max_connections": "300",
                "rediscluster.client_name": "orders", "other.key": "x", "rediscluster": "x", "redis.url": "x",
            ]
        )
        #expect(configuration.endpoint == .tcp(host: "h", port: 1234))
        #expect(configuration.database == 5)
        #expect(configuration.commands.timeout == .seconds(30))
        #expect(configuration.connectTimeout == .milliseconds(300))
        #expect(configuration.commands.pool.maximum == 300)
        #expect(configuration.clientName == "orders")
    }

    @Test("set every property that has a key")
    func everything() async throws {
        let configuration = try RedisConfiguration(
            prefix: "",
            in: [
                "host": "h", "username": "ann", "password": "s", "database": "2", "clientName": "me", "protocol": "2",
                "tls.enabled": "true", "tls.caFile": "/ca", "tls.certificateFile": "/cert", "tls.keyFile": "/key",
                "tls.keyPassword": "k", "tls.serverName": "other.example", "tls.verification": "issuerOnly",
                "tls.minimumVersion": "1.3", "lookupTimeout": "1s", "connectTimeout": "2s", "handshakeTimeout": "3s",
                "heartbeat": "never", "heartbeatTimeout": "4s", "reconnect.enabled": "false",
                "reconnect.minimumDelay": "5ms", "reconnect.maximumDelay": "6ms", "reconnect.initialPatience": "7ms",
                "connectLimits.underWay": "8", "connectLimits.perSecond": "9", "lossBoundInterval": "10s",
                "subscribeBatchSize": "11", "deliveryProbe.enabled": "true", "deliveryProbe.interval": "12s",
                "deliveryProbe.timeout": "13s", "deliveryProbe.channelPrefix": "p", "commandTimeout": "14s",
                "whileDisconnected": "fail", "retry.policy": "lastWriteWins", "retry.attempts": "15",
                "retry.minimumPause": "16ms", "retry.maximumPause": "17ms", "inFlight.commands": "18",
                "inFlight.bytes": "19", "inFlight.whenFull": "fail", "pool.maximum": "20", "pool.idleTimeout": "21s",
            ]
        )
        let credentials = try await configuration.credentials?.credentials()
        #expect(credentials == RedisCredentials(username: "ann", password: "s"))
        #expect(configuration.database == 2)
        #expect(configuration.clientName == "me")
        #expect(configuration.protocolVersion == .resp2)
        let identity = RedisTLSConfiguration.Identity(certificate: "/cert", privateKey: "/key", password: "k")
        let tls = RedisTLSConfiguration(
            authorities: .file("/ca"),
            verification: .issuerOnly,
            identity: identity,
            serverName: "other.example",
            minimumVersion: .tls13
        )
        #expect(configuration.tls == tls)
        #expect(configuration.lookupTimeout == .seconds(1))
        #expect(configuration.connectTimeout == .seconds(2))
        #expect(configuration.handshakeTimeout == .seconds(3))
        #expect(configuration.heartbeat == nil)
        #expect(configuration.heartbeatTimeout == .seconds(4))
        let reconnect = RedisReconnectPolicy(
            isEnabled: false,
            minimumDelay: .milliseconds(5),
            maximumDelay: .milliseconds(6),
            initialPatience: .milliseconds(7)
        )
        #expect(configuration.reconnect == reconnect)
        #expect(configuration.connectLimits == RedisConnectLimits(underWay: 8, perSecond: 9))
        #expect(configuration.lossBoundInterval == .seconds(10))
        #expect(configuration.subscribeBatchSize == 11)
        let probe = RedisDeliveryProbe(interval: .seconds(12), timeout: .seconds(13), channelPrefix: "p")
        #expect(configuration.deliveryProbe == probe)
        var commands = RedisCommandConfiguration()
        commands.timeout = .seconds(14)
        commands.whileDisconnected = .fail
        commands.retry = RedisRetryPolicy(upTo: .lastWriteWins)
        commands.retry.attempts = 15
        commands.retry.minimumPause = .milliseconds(16)
        commands.retry.maximumPause = .milliseconds(17)
        commands.inFlight.commands = 18
        commands.inFlight.bytes = 19
        commands.inFlight.whenFull = .fail
        commands.pool.maximum = 20
        commands.pool.idleTimeout = .seconds(21)
        #expect(configuration.commands == commands)
    }

    @Test("name clusters and Sentinels")
    func deployments() async throws {
        let tuned = [
            "r.cluster.seeds": "a,b:1,[::1]:2", "r.cluster.refreshInterval": "1s", "r.cluster.maximumNodes": "2",
            "r.cluster.nodesAskedPerRound": "3", "r.cluster.reorderWindow": "4ms",
            "r.cluster.mirrorsChannels": "true", "r.cluster.mirror_window": "5s", "r.replicas": "true",
            "r.tls.enabled": "true",
        ]
        var configuration = try RedisConfiguration(prefix: "r.", in: tuned)
        let cluster = try #require(configuration.cluster)
        #expect(cluster.seeds.map(\.description) == ["a:6379", "b:1", "[::1]:2"])
        #expect(configuration.endpoint == cluster.seeds[0])
        #expect(cluster.refreshInterval == .seconds(1))
        #expect(cluster.maximumNodes == 2)
        #expect(cluster.nodesAskedPerRound == 3)
        #expect(cluster.reorderWindow == .milliseconds(4))
        #expect(cluster.mirrorsChannels)
        #expect(cluster.mirrorWindow == .seconds(5))
        #expect(cluster.nodes == .replica)
        configuration = try RedisConfiguration(prefix: "r.", in: ["r.host": "h", "r.cluster": "true"])
        #expect(configuration.cluster?.seeds == [.tcp(host: "h", port: 6379)])
        configuration = try RedisConfiguration(
            prefix: "r.",
            in: ["r.url": "redis+cluster://a,b", "r.cluster.maximumNodes": "9"]
        )
        #expect(configuration.cluster?.seeds.count == 2)
        #expect(configuration.cluster?.maximumNodes == 9)

        configuration = try RedisConfiguration(
            prefix: "r.",
            in: [
                "r.sentinel.sentinels": "a,b:1", "r.sentinel.name": "n", "r.sentinel.username": "u",
                "r.sentinel.password": "p", "r.sentinel.timeout": "2s", "r.sentinel.maximumInstances": "3",
                "r.replicas": "true", "r.tls.enabled": "true", "r.tls.ca_file": "/ca",
            ]
        )
        let sentinel = try #require(configuration.sentinel)
        #expect(sentinel.sentinels.map(\.description) == ["a:26379", "b:1"])
        #expect(sentinel.name == "n")
        #expect(try await sentinel.credentials?.credentials() == RedisCredentials(username: "u", password: "p"))
        #expect(sentinel.timeout == .seconds(2))
        #expect(sentinel.maximumInstances == 3)
        #expect(sentinel.server == .replica)
        #expect(sentinel.tls == RedisTLSConfiguration(authorities: .file("/ca")))
        #expect(configuration.tls == sentinel.tls)
        #expect(configuration.credentials == nil)
    }

    @Test("need a password and nothing else to authenticate")
    func passwords() async throws {
        for (values, expected) in [
            (["r.host": "h", "r.password": "s"], RedisCredentials(password: "s")),
            (["r.host": "h", "r.username": "ann", "r.password": ""], RedisCredentials(username: "ann", password: "")),
            (["r.url": "redis://ann@h", "r.password": "s"], RedisCredentials(username: "ann", password: "s")),
            (["r.url": "redis://ann:x@h", "r.password": "s"], RedisCredentials(username: "ann", password: "s")),
            (["r.url": "redis://:x@h", "r.username": "ann"], RedisCredentials(username: "ann", password: "x")),
        ] {
            let configuration = try RedisConfiguration(prefix: "r.", in: values)
            #expect(try await configuration.credentials?.credentials() == expected)
        }
        #expect(try RedisConfiguration(prefix: "r.", in: ["r.host": "h", "r.password": ""]).credentials == nil)
    }

    @Test("have keys that count over the URL")
    func precedence() throws {
        let configuration = try RedisConfiguration(
            prefix: "r.",
            in: ["r.url": "redis://h/1?client_name=a&protocol=3", "r.db": "2", "r.clientName": "b", "r.protocol": "2"]
        )
        #expect(configuration.database == 2)
        #expect(configuration.clientName == "b")
        #expect(configuration.protocolVersion == .resp2)
    }

    @Test("may switch TLS off with its other keys in place")
    func switchedOff() throws {
        let values = ["r.host": "h", "r.tls.enabled": "false", "r.tls.caFile": "/ca"]
        #expect(try RedisConfiguration(prefix: "r.", in: values).tls == nil)
    }

    @Test(
        "that are wrong in one point say which",
        arguments: [
            (["port": "0"], "redis.port \"0\" is not a number from 1 to 65535"),
            (["database": "-1"], "redis.database \"-1\" is not a number from 0 up"),
            (["db": "+1"], "redis.db \"+1\" is not a number from 0 up"),
            (["tls.enabled": "yes"], "redis.tls.enabled \"yes\" is neither true nor false"),
            (
                ["retry.policy": "always"],
                "redis.retry.policy \"always\" is none of never, readOnly, checked and lastWriteWins"
            ),
            (
                ["socket_timeout": "5"],
                "redis.socket_timeout \"5\" has no unit; write it with one, such as 30s or 30 seconds"
            ),
            (["clientName": ""], "redis.clientName is empty"),
            (
                ["client_name": "a b"],
                "redis.client_name: client name has a blank or a character outside printable ASCII"
            ),
            (["connectTimeout": "0s"], "redis.connectTimeout: connectTimeout 0.0 seconds is not positive"),
            (["commandTimeout": "0s"], "redis.commandTimeout: commands.timeout is not positive; nil turns it off"),
            (["max_connections": "0"], "redis.max_connections: commands.pool.maximum 0 is not positive"),
            (
                ["reconnect.maximumDelay": "1ms"],
                "redis.reconnect.minimumDelay: "
                    + "reconnect.minimumDelay 0.1 seconds is not between zero and reconnect.maximumDelay"
            ),
            (["username": "ann"], "redis.username needs redis.password"),
            (["replicas": "true"], "redis.replicas needs a cluster or Sentinels"),
            (["cluster.maximumNodes": "5"], "redis.cluster.maximumNodes needs a cluster"),
            (
                ["cluster": "true", "cluster.nodesAskedPerRound": "4097"],
                "redis.cluster.nodesAskedPerRound: cluster.nodesAskedPerRound 4097 is not between 1 and 4096"
            ),
            (["sentinel.password": "hunter2"], "redis.sentinel.password needs Sentinels"),
            (
                ["tls.caFile": "/ca"],
                "redis.tls.caFile needs redis.tls.enabled = true, or a URL that begins with rediss://"
            ),
            (["ssl": "true", "tls.caFile": "/a", "ssl_ca_path": "/b"], "redis.ssl_ca_path excludes redis.tls.caFile"),
            (["ssl": "true", "tls.keyFile": "/a"], "redis.tls.keyFile needs redis.tls.certificateFile"),
            (
                ["ssl": "true", "tls.caFile": "/a", "tls.verification": "none"],
                "redis.tls.verification is none, so that the accepted issuers have no effect"
            ),
            (["deliveryProbe.timeout": "1s"], "redis.deliveryProbe.timeout needs redis.deliveryProbe.enabled = true"),
            (["unixSocket": "/s"], "redis.unixSocket names a server, as redis.host does; leave one of them out"),
            (["cluster.seeds": "a"], "redis.cluster.seeds names a server, as redis.host does; leave one of them out"),
            (
                ["client_name": "a", "clientName": "b"],
                "redis.clientName means the same as redis.client_name; leave one of them out"
            ),
            (["db": "1", "database": "1"], "redis.database means the same as redis.db; leave one of them out"),
            (["sockettimeout": "5s"], "redis.sockettimeout is unknown; redis.socket_timeout is known"),
            (["ConnectTimeout": "5s"], "redis.ConnectTimeout is unknown; redis.connectTimeout is known"),
            (["pasword": "hunter2"], "redis.pasword is unknown; redis.password is known"),
            (["tls.cafiles": "x"], "redis.tls.cafiles is unknown; redis.tls.caFile is known"),
            (["colour": "red"], "redis.colour is unknown"), (["": "red"], "redis. is unknown"),
            (["a\nb": "red"], "redis.a\\nb is unknown"),
        ]
    )
    func single(_ values: [String: String], _ expected: String) {
        var all = ["redis.host": "h"]
        for (name, value) in values { all["redis.\(name)"] = value }
        let found = complaint(about: all)
        // Whichever spelling comes first.
        #expect(found == expected)
    }

    @Test("say at once all that is wrong, in the order of the documentation")
    func several() {
        let values = [
            "redis.prot": "3", "redis.port": "x", "redis.max_connections": "many", "redis.password": "hunter2",
            "redis.retry.attempts": "0", "redis.connectTimeout": "10", "redis.cluster.seeds": "a,:0",
        ]
        #expect(
            complaint(about: values)
                == """
                redis.port "x" is not a number from 1 to 65535; \
                redis.connectTimeout "10" has no unit; write it with one, such as 30s or 30 seconds; \
                redis.retry.attempts: commands.retry.attempts 0 is not positive; \
                redis.max_connections "many" is not a number from 0 up; \
                redis.cluster.seeds "a,:0": port is not a number from 1 to 65535; \
                redis.prot is unknown; redis.port is known
                """
        )
    }

    @Test(
        "name no server in silence",
        arguments: [
            [:] as [String: String], ["redis.password": "hunter2"], ["redis.tls.enabled": "true"], ["other.host": "h"],
        ]
    )
    func empty(_ values: [String: String]) {
        #expect(
            complaint(about: values)
                == "redis.url is missing, and nothing else names a server: "
                + "write it, or redis.host, redis.unixSocket, redis.cluster.seeds or redis.sentinel.sentinels"
        )
    }

    @Test(
        "say what is wrong with their URL and with what it makes of the other keys",
        arguments: [
            (["url": "h:6379"], "r.url: no \"://\" after the scheme"),
            (
                ["url": "redis://ann@h"],
                "r.url: user without a password; write user:password@, or :password@ if it is the password"
            ),
            (["url": "redis://h?replicas=true"], "r.url: replicas needs a cluster or Sentinels"),
            (["url": "redis://h?db=x"], "r.url: db is not a number from 0 up"),
            (["url": "redis+cluster://h", "db": "1"], "r.db: a cluster has no database but 0"),
            (["url": "redis+cluster://h/1"], "r.url: a cluster has no database but 0"),
            (["url": "rediss://h", "tls.enabled": "false"], "r.tls.enabled is false, but the URL asks for TLS"),
            (["url": "redis://h", "host": "i"], "r.host names a server, as r.url does; leave one of them out"),
            (
                ["url": "redis://h", "sentinel.name": "n"],
                "r.sentinel.name names a server, as r.url does; leave one of them out"
            ),
            (["url": "x", "replicas": "true", "cluster.maximumNodes": "3"], "r.url: no \"://\" after the scheme"),
            (
                ["unixSocket": "/s", "ssl": "true"],
                "r.ssl: TLS over a unix socket is not to be had: servers listen there in clear"
            ),
            (
                ["unixSocket": "/s", "cluster.enabled": "true"],
                "r.cluster.enabled is true, but the server is at a unix socket"
            ),
            (["cluster.seeds": "a", "cluster.enabled": "false"], "r.cluster.enabled is false, but there are seeds"),
            (["cluster.seeds": "a,"], "r.cluster.seeds \"a,\": a host among several is empty"),
            (["cluster.seeds": ""], "r.cluster.seeds: a host among several is empty"),
            (["sentinel.name": "n"], "r.sentinel.sentinels is missing; it says where they listen"),
            (["sentinel.sentinels": "a"], "r.sentinel.name is missing; the Sentinels need it"),
            (
                ["sentinel.sentinels": "::1", "sentinel.name": "n"],
                "r.sentinel.sentinels \"::1\": an IPv6 host has to stand in brackets"
            ),
        ]
    )
    func together(_ values: [String: String], _ expected: String) {
        let all = Dictionary(uniqueKeysWithValues: values.map { ("r.\($0)", $1) })
        #expect(complaint(about: all, prefix: "r.") == expected)
    }

    @Test("never repeat what may be a password")
    func secrets() {
        for values in [
            ["url": "hunter2"], ["url": "redis://u:hunter2@h:x"], ["url": "redis://h?sentinel_password=hunter2"],
            ["pasword": "hunter2", "host": "h"], ["sentinel.password": "hunter2", "host": "h"],
            ["host": "h", "password": "hunter2", "port": "x"],
            ["host": "h", "tls.keyPassword": "hunter2", "ssl": "true"],
            ["host": "h", "password": "hunter2", "username": ""],
            ["host": "h", "tls.keyPassword": "hunter2", "ssl_password": "hunter2"],
        ] {
            let all = Dictionary(uniqueKeysWithValues: values.map { ("r.\($0)", $1) })
            let found = complaint(about: all, prefix: "r.")
            #expect(found?.contains("hunter2") == false)
        }
    }

    @Test("have a prefix that ends with a dot")
    func prefixes() throws {
        #expect(complaint(about: [:], prefix: "redis") == "prefix \"redis\" does not end with a dot")
        #expect(try RedisConfiguration(prefix: "a.b.", in: ["a.b.host": "h"]).endpoint == .tcp(host: "h", port: 6379))
        #expect(complaint(about: ["host": "h", "x": "1"], prefix: "") == "x is unknown")
    }
}
