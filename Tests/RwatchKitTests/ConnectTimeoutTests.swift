import RedisCore
import RwatchKit
import TestSupport
import Testing

@Suite("The time for a connect", .tags(.unit))
struct ConnectTimeoutTests {
    @Test("is short for the first without patience, and the library's for all others")
    func firstOnly() throws {
        var settings = ConnectionSettings()
        settings.host = "h"
        let impatient = try #require(settings.configurations { _ in nil }.first)
        #expect(impatient.firstConnectTimeout == .milliseconds(900))
        settings.patience = .seconds(30)
        let patient = try #require(settings.configurations { _ in nil }.first)
        #expect(patient.firstConnectTimeout == nil)
        for configuration in [impatient, patient] {
            #expect(configuration.connectTimeout == RedisConfiguration().connectTimeout)
            #expect(configuration.lookupTimeout == .seconds(15))
        }
    }
}
