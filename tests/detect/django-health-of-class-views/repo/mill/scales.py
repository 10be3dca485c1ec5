from mill.models import Sack


class Weighs:
    @property
    def sacks(self):
        return Sack.objects.count()
