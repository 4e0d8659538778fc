"""A local stand-in for Clerk: try the product, develop and test it without an account.

Needs the standard library only, and is never part of the installed package.
"""

from sandbox.people import NewPerson, People
from sandbox.server import Sandbox
from sandbox.state_file import SandboxError

__all__ = ["NewPerson", "People", "Sandbox", "SandboxError"]
