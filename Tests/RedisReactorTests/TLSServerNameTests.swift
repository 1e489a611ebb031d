import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("The name that a certificate has to bear", .tags(.unit))
struct TLSServerNameTests {
    @Test(
        "is a name or an address, and nothing that stands for several",
        arguments: [
            ("redis.example", .host("redis.example")), ("redis.example.", .host("redis.example")),
            ("a_b-1", .host("a_b-1")),
            ("127.1", .host("127.1")), ("10.0.0.1", .address("10.0.0.1")), ("::1", .address("::1")),
            ("fe80::1%eth0", .address("fe80::1")), (".redis.example", .neither), ("*.redis.example", .neither),
            ("a..b", .neither), ("a..", .neither), (".", .neither), ("", .neither), ("a b", .neither),
            ("10.0.0.1\0", .neither), ("a\0b", .neither), ("[::1]", .neither), ("é", .neither),
            (String(repeating: "a", count: 64), .neither),
            (String(repeating: "a.", count: 127) + "a", .neither),
        ] as [(String, TLSServerName)]
    )
    func reading(_ text: String, _ name: TLSServerName) {
        #expect(TLSServerName(text) == name)
    }
}

@Suite("Contexts of TLS", .tags(.unit), .timeLimit(.minutes(1)))
struct TLSContextCacheTests {
    @Test("are lent to whoever has the same password, and forgotten with their last user")
    func passwords() throws {
        let certificates = try TestCertificates()
        let identity = try certificates.issue("client")
        func configuration(_ password: String?) -> RedisTLSConfiguration {
            RedisTLSConfiguration(
                authorities: .file(certificates.authority),
                identity: .init(
                    certificate: identity.certificate,
                    privateKey: identity.privateKey,
                    password: password
                )
            )
        }
        let passwords = ["one", "two", nil]
        #expect(try passwords.allSatisfy { try !TLSContextCache.keeps(configuration($0)) })
        do {
            let contexts = try passwords.map { try TLSContextCache.context(for: configuration($0)) }
            #expect(Set(contexts.map { ObjectIdentifier($0) }).count == 3)
            #expect(try TLSContextCache.context(for: configuration("two")) === contexts[1])
            #expect(try passwords.allSatisfy { try TLSContextCache.keeps(configuration($0)) })
            withExtendedLifetime(contexts) {}
        }
        #expect(try passwords.allSatisfy { try !TLSContextCache.keeps(configuration($0)) })
    }
}
