import FuzzProperties
import Glibc

/// What `FUZZ_TARGET` names. In the environment and not on the command line, which belongs to libFuzzer: its workers
/// are started with the same environment.
private let target: FuzzTarget = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        print("FUZZ_TARGET has to be one of", FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))
        exit(64)
    }
    return target
}()

/// Called by libFuzzer for each input. A property that does not hold ends the process, and libFuzzer keeps the input.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    if let complaint = target.complaint(about: input) { fatalError(complaint) }
    return 0
}
