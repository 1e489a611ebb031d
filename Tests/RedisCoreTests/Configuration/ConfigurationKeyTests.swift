import RedisCore
import TestSupport
import Testing

@Suite("The table of keys", .tags(.unit))
struct ConfigurationKeyTests {
    @Test("has each name once, in every spelling")
    func unique() {
        for names in [
            ConfigurationKey.all.flatMap(\.dictionaryNames), ConfigurationKey.all.flatMap(\.environmentNames),
            ConfigurationKey.all.flatMap(\.urlNames),
        ] {
            #expect(Set(names).count == names.count)
        }
    }

    @Test("spells names as the sources do")
    func spellings() throws {
        let key = try #require(ConfigurationKey.all.first { $0.name == "tls.caFile" })
        #expect(key.dictionaryNames == ["tls.caFile", "tls.ca_file", "ssl_ca_certs"])
        #expect(key.environmentNames == ["TLS_CA_FILE", "SSL_CA_CERTS"])
        #expect(key.urlNames == [])
        let database = try #require(ConfigurationKey.all.first { $0.name == "database" })
        #expect(database.dictionaryNames == ["database", "db"])
        #expect(database.urlNames == ["database", "db"])
    }

    @Test("has options of URLs among their names", arguments: ConfigurationKey.all)
    func options(_ key: ConfigurationKey) {
        if let option = key.urlOption { #expect(key.urlNames.contains(option)) }
        #expect(key.documentation.hasSuffix("."))
        #expect(!key.documentation.contains("|"))
    }

    @Test("keeps what may be a password secret")
    func secrets() {
        let secret = ConfigurationKey.all.filter(\.isSecret).map(\.name)
        #expect(secret == ["url", "password", "tls.keyPassword", "sentinel.password"])
    }

    @Test("has defaults that can be written and change nothing", arguments: ConfigurationKey.all)
    func defaults(_ key: ConfigurationKey) throws {
        let cannotBeWritten = ["none", "default", "the system's", "the host", "`tls.certificateFile`"]
        guard !cannotBeWritten.contains(key.defaultText) else { return }
        var values = ["host": "localhost"]
        values[key.name] = key.defaultText
        let configuration = try RedisConfiguration(prefix: "", in: values)
        #expect(dumped(configuration) == dumped(RedisConfiguration()))
        #expect(configuration.commands == RedisConfiguration().commands)
    }

    private func dumped(_ configuration: RedisConfiguration) -> String {
        var text = ""
        dump(configuration, to: &text)
        return text
    }
}
