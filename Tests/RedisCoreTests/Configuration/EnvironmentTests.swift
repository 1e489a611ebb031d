import Foundation
import RedisCore
import TestSupport
import Testing

@Suite("The environment", .tags(.unit))
struct EnvironmentTests {
    private func complaint(_ variables: [String: String], refusesUnknown: Bool = false) -> String? {
        do throws(RedisError) {
            _ = try RedisConfiguration(environment: variables, refusesUnknown: refusesUnknown)
            return nil
        } catch {
            return error.message
        }
    }

    @Test("has the same settings, in capitals and with underscores")
    func names() async throws {
        let configuration = try RedisConfiguration(
            environment: [
                "REDIS_URL": "rediss://h", "REDIS_CLIENT_NAME": "me", "REDIS_TLS_CA_FILE": "/ca",
                "REDIS_PASSWORD": "s", "REDIS_DB": "3", "REDIS_COMMAND_TIMEOUT": "200ms", "REDIS_MAX_CONNECTIONS": "7",
                "REDIS_RETRY_POLICY": "readOnly",
            ]
        )
        #expect(configuration.endpoint == .tcp(host: "h", port: 6379))
        #expect(configuration.clientName == "me")
        #expect(configuration.tls == RedisTLSConfiguration(authorities: .file("/ca")))
        #expect(try await configuration.credentials?.credentials() == RedisCredentials(password: "s"))
        #expect(configuration.database == 3)
        #expect(configuration.commands.timeout == .milliseconds(200))
        #expect(configuration.commands.pool.maximum == 7)
        #expect(configuration.commands.retry.limit == .readOnly)
        let other = try RedisConfiguration(environment: ["CACHE_HOST": "c", "REDIS_URL": "x"], prefix: "CACHE_")
        #expect(other.endpoint == .tcp(host: "c", port: 6379))
    }

    @Test("may hold variables of others, unless they are refused")
    func strangers() {
        let variables = [
            "REDIS_HOST": "h", "REDIS_VERSION": "7.0", "REDIS_SERVICE_HOST": "10.0.0.1", "REDIS_HOTS": "h", "PATH": "/",
        ]
        #expect(complaint(variables) == nil)
        #expect(
            complaint(variables, refusesUnknown: true)
                == "REDIS_HOTS is unknown; REDIS_HOST is known; REDIS_SERVICE_HOST is unknown; REDIS_VERSION is unknown"
        )
        #expect(
            complaint(["REDIS_HOST": "h", "REDIS_PASWORD": "hunter2"], refusesUnknown: true)
                == "REDIS_PASWORD is unknown; REDIS_PASSWORD is known"
        )
    }

    @Test(
        "is wrong with its own names",
        arguments: [
            (["REDIS_HOST": "h", "REDIS_PORT": "x"], "REDIS_PORT \"x\" is not a number from 1 to 65535"),
            (
                ["REDIS_HOST": "h", "REDIS_PORT": "tcp://10.0.0.1:6379"],
                "REDIS_PORT \"tcp://10.0.0.1:6379\" is not a number: Kubernetes sets such a variable for a service of "
                    + "that name; take another prefix, or switch the service's variables off (enableServiceLinks)"
            ),
            (["REDIS_HOST": "h", "REDIS_USERNAME": "a"], "REDIS_USERNAME needs REDIS_PASSWORD"),
            (
                ["REDIS_HOST": "h", "REDIS_TLS_CA_FILE": "/a"],
                "REDIS_TLS_CA_FILE needs REDIS_TLS_ENABLED = true, or a URL that begins with rediss://"
            ),
            (
                ["REDIS_HOST": "h", "REDIS_DB": "1", "REDIS_DATABASE": "2"],
                "REDIS_DATABASE means the same as REDIS_DB; leave one of them out"
            ),
            (["REDIS_URL": "x"], "REDIS_URL: no \"://\" after the scheme"),
            (
                [:],
                "REDIS_URL is missing, and nothing else names a server: write it, or REDIS_HOST, REDIS_UNIX_SOCKET, "
                    + "REDIS_CLUSTER_SEEDS or REDIS_SENTINEL_SENTINELS"
            ),
        ]
    )
    func mistakes(_ variables: [String: String], _ expected: String) {
        #expect(complaint(variables) == expected)
    }

    /// The variables have a prefix that no other test reads.
    @Test("of this process is read byte for byte")
    func process() throws {
        unsafe setenv("REDIS_EVENTS_ENVIRONMENT_TEST_HOST", "h=1", 1)
        unsafe setenv("REDIS_EVENTS_ENVIRONMENT_TEST_CLIENT_NAME", "me", 1)
        defer {
            for name in ["HOST", "CLIENT_NAME", "PASSWORD"] { unsafe unsetenv("REDIS_EVENTS_ENVIRONMENT_TEST_\(name)") }
        }
        let prefix = "REDIS_EVENTS_ENVIRONMENT_TEST_"
        let configuration = try RedisConfiguration(environmentPrefix: prefix, refusesUnknown: true)
        #expect(configuration.endpoint == .tcp(host: "h=1", port: 6379))
        #expect(configuration.clientName == "me")
        let latin: [CChar] = [CChar(bitPattern: 0xe9), 0]
        unsafe setenv("REDIS_EVENTS_ENVIRONMENT_TEST_PASSWORD", latin, 1)
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(environmentPrefix: prefix) }
        #expect(error?.message == "REDIS_EVENTS_ENVIRONMENT_TEST_PASSWORD is not UTF-8")
    }
}
