// What a drill injects: the cause of a code, made for real and only with what the outside can touch.
//
// Each catalogue says for each of its kinds how its fault is made, in an exhaustive switch, so that
// a new kind does not compile until somebody has thought about how it comes about.

import Diagnostics

/// A catalogue whose kinds can be rehearsed.
public protocol Drilled: FindingKind {
    var fault: Fault { get }
}

/// How the fault of one code is made.
public enum Fault: Sendable {
    case real(Staging)
    /// Nothing outside of the program can make it; the reason is shown, and the drill counts as not
    /// run.
    case notReproducible(String)

    /// A fault that needs no more than a scene.
    ///
    /// - Parameters:
    ///   - beside: codes of their own right that the same act brings about.
    ///   - under: the code that explains this one here, when it is but a symptom.
    ///   - delivers: whether the repair brings received text into files, as it should.
    ///   - spoils: whether the scene is of no further use.
    ///   - isCutOffRun: whether the fault is a repair without an end, which any repair gives it.
    public static func real(
        in scene: Scene, needs: Set<Need> = [], beside: Set<String> = [], under: String? = nil,
        delivers: Bool = false, spoils: Bool = false, isCutOffRun: Bool = false,
        _ make: @escaping @Sendable (Stage) throws -> Void
    ) -> Fault {
        .real(
            Staging(
                scene: scene, needs: needs, beside: beside, under: under,
                delivers: delivers, spoils: spoils, isCutOffRun: isCutOffRun, make: make))
    }
}

/// A fault with its surroundings.
public struct Staging: Sendable {
    public let scene: Scene
    public let needs: Set<Need>
    public let beside: Set<String>
    public let under: String?
    public let delivers: Bool
    public let spoils: Bool
    public let isCutOffRun: Bool
    /// Makes the fault, and leaves with the stage what takes it back.
    public let make: @Sendable (Stage) throws -> Void
}

/// What a drill asks of the machine.
public enum Need: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Root, and mounts of its own.
    case mounting
    /// Root, to set the immutable flag of a file.
    case immutableFiles
    /// `strace` that may inject failures into system calls.
    case systemCallFaults
    /// Another program than this one, to hold a port.
    case otherProgram
    /// Root, to look without its power over permissions.
    case droppedPrivileges
    /// `prlimit`, to lower a limit of one process.
    case processLimits
    /// Some minutes, because a limit of the program is that long.
    case patience

    public static func < (left: Need, right: Need) -> Bool { left.rawValue < right.rawValue }
}
