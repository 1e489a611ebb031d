import RedisTesting
import TestSupport
import Testing

@Suite("Each server release", .tags(.release))
struct AvailabilityTests {
    /// The test cases of a release that is missing are cancelled, which the output does not show; so it is said here,
    /// by name.
    @Test("can be had, or is skipped by name", arguments: ServerRelease.all)
    func availability(_ release: ServerRelease) {
        guard let reason = release.missingReason else { return }
        Issue.record("\(release) is not available, its tests are skipped: \(reason)", severity: .warning)
    }
}
