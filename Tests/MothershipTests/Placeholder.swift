import Testing
import Mothership
