// Autotune Doctor: everything that a run needs, each with its repair.
import { DoctorList } from "./components/doctor/DoctorList.tsx";

export default function AutotuneDoctor() {
  return <DoctorList />;
}
